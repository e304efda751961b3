/** Runs one command of the test run: its output is kept, and shown only when somebody asks for it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Command {
	readonly program: string;
	readonly parameters: readonly string[];
	readonly folder?: string;
	/** A command that takes longer is ended, with everything it started. */
	readonly limitMinutes: number;
}

export interface Ending {
	readonly succeeded: boolean;
	readonly output: string;
}

const running = new Set<ChildProcess>();

export function runCommand(command: Command, isVerbose: boolean): Promise<Ending> {
	const child = spawn(command.program, command.parameters, {
		cwd: command.folder ?? root,
		env: environment(),
		stdio: ['ignore', 'pipe', 'pipe'],
		// A group of its own: browsers and servers that it started end with it.
		detached: true
	});
	running.add(child);
	const output: string[] = [];
	const hear = (piece: Buffer): void => {
		output.push(piece.toString());
		if (isVerbose) process.stdout.write(piece);
	};
	child.stdout.on('data', hear);
	child.stderr.on('data', hear);
	return ending(child, command, output);
}

/** Ends whatever still runs, when the test run itself is ended. */
export function endAll(): void {
	for (const child of running) endGroup(child);
}

function ending(child: ChildProcess, command: Command, output: string[]): Promise<Ending> {
	return new Promise((resolve) => {
		const limit = setTimeout(() => {
			output.push(`\nended after ${command.limitMinutes} minutes\n`);
			endGroup(child);
		}, command.limitMinutes * 60_000);
		const settle = (succeeded: boolean): void => {
			clearTimeout(limit);
			running.delete(child);
			resolve({ succeeded, output: output.join('') });
		};
		child.once('error', (error) => {
			output.push(`${command.program}: ${error.message}\n`);
			settle(false);
		});
		child.once('close', (code) => {
			settle(code === 0);
		});
	});
}

function endGroup(child: ChildProcess): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// It ended just now.
	}
}

function environment(): NodeJS.ProcessEnv {
	const path = [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
	return { ...process.env, PATH: path, HOME: ownHome(), NO_COLOR: '1', CI: '1' };
}

/** Firefox does not start with a HOME that belongs to somebody else, as sudo leaves it. */
function ownHome(): string {
	const home = process.env['HOME'];
	const owner = home === undefined ? undefined : statSync(home, { throwIfNoEntry: false })?.uid;
	return home !== undefined && owner === process.getuid?.() ? home : userInfo().homedir;
}
