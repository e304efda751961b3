/** What a page shows to a person. */
import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import type { Problem } from '../../src/lib/host/api.ts';

/** The problem on a page, in its three parts; fails when one of them is missing. */
export async function shownProblem(on: Page | Locator): Promise<Problem> {
	const note = on.getByTestId('problem').first();
	await note.waitFor();
	const [what = '', means = '', todo = ''] = await note.locator('p').allInnerTexts();
	const problem = { what: what.replace(/^[■▲]\s*/, ''), means, todo };
	for (const part of Object.values(problem)) expect(part.length).toBeGreaterThan(10);
	return problem;
}

/** The heading of the page that is shown, once it is this one. */
export async function heading(page: Page, name: string | RegExp): Promise<void> {
	await page.getByRole('heading', { level: 1, name }).waitFor();
}
