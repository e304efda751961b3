import type { Locator } from 'vitest/browser';
import { expect } from 'vitest';

/**
 * What a person does with mouse and clipboard, by DOM events: the test provider's own clicks never return in
 * Firefox inside vitest's frame. Keys are pressed for real, by `userEvent.keyboard`.
 */

/** Clicks an element as soon as it is there. */
export async function press(target: Locator): Promise<void> {
	await expect.element(target).toBeInTheDocument();
	const element = target.element();
	if (!(element instanceof HTMLElement || element instanceof SVGElement)) return;
	element.focus();
	element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
}

/** Replaces the text of a field. */
export async function write(target: Locator, text: string): Promise<void> {
	await expect.element(target).toBeInTheDocument();
	const field = target.element();
	if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) {
		throw new Error('Only fields can be written into.');
	}
	field.focus();
	field.value = text;
	field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** Chooses a file in a file field. */
export async function give(target: Locator, file: File): Promise<void> {
	await expect.element(target).toBeInTheDocument();
	const field = target.element();
	if (!(field instanceof HTMLInputElement)) throw new Error('Only file fields take files.');
	const chosen = new DataTransfer();
	chosen.items.add(file);
	field.files = chosen.files;
	field.dispatchEvent(new Event('change', { bubbles: true }));
}
