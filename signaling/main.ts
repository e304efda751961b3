/** The command behind `npm start`: says where Holdfast is, or in plain words why it could not start. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseCommandLine, usage, UsageError, type CommandLine } from './options.ts';
import { isLoopback } from './prefix.ts';
import { reachableNames } from './names.ts';
import { AppMissing, startServer, type RunningServer, type ServerOptions } from './server.ts';

const appFolder = fileURLToPath(new URL('../build', import.meta.url));

/** A file that was named on the command line cannot be read. */
class UnreadableFile extends Error {
	override readonly name = 'UnreadableFile';
}

await main();

async function main(): Promise<void> {
	try {
		const commandLine = parseCommandLine(process.argv.slice(2), process.env);
		if (commandLine === 'help') {
			console.log(usage);
			return;
		}
		const server = await startServer(await serverOptions(commandLine));
		stopOnSignals(server);
		console.log(`Holdfast is at ${server.url}`);
		for (const line of remarks(commandLine, server)) console.error(line);
	} catch (error) {
		console.error(explain(error));
		process.exitCode = error instanceof UsageError ? 2 : 1;
	}
}

async function serverOptions(commandLine: CommandLine): Promise<ServerOptions> {
	const { port, host, names, origins, trustProxy, brokerOnly, cert, key, turn } = commandLine;
	const tls =
		cert === undefined || key === undefined
			? {}
			: { tls: { cert: await contents(cert, '--cert'), key: await contents(key, '--key') } };
	const app = brokerOnly ? {} : { appFolder };
	const relay = turn === undefined ? {} : { turn };
	return { port, host, names, origins, trustProxy, ...app, ...tls, ...relay };
}

async function contents(path: string, option: string): Promise<Buffer> {
	try {
		return await readFile(path);
	} catch (error) {
		throw new UnreadableFile(
			`${option}: ${path} cannot be read (${codeOf(error) ?? String(error)}).`
		);
	}
}

/** What the person should know beside the address: where others find it, and what they will miss. */
function remarks({ host, cert }: CommandLine, server: RunningServer): readonly string[] {
	if (host === 'localhost' || isLoopback(host)) return [];
	const scheme = cert === undefined ? 'http' : 'https';
	const places = reachableNames(host).map((name) => `  ${scheme}://${name}:${String(server.port)}`);
	const here = ['From other machines, where names and firewalls allow it:', ...places];
	if (cert !== undefined) return here;
	return [
		...here,
		'Other machines need TLS: without it their browsers give the page no storage and no',
		'encryption. Start with --cert and --key; docs/operating-a-broker.md says how to get them.'
	];
}

/** Stops cleanly at the first signal, at once at the second. */
function stopOnSignals(server: RunningServer): void {
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => {
			process.once(signal, () => process.exit(130));
			void server.close().then(() => process.exit(0));
		});
	}
}

function explain(error: unknown): string {
	if (error instanceof UsageError) return `${error.message}\nMore: npm start -- --help`;
	if (error instanceof UnreadableFile) return error.message;
	if (error instanceof AppMissing) return `${error.message} Build the app first: npm run build`;
	const code = codeOf(error) ?? '';
	if (code === 'EADDRINUSE') return 'This port is taken. Choose another: npm start -- --port 8481';
	if (code === 'EACCES') return 'This port is not allowed. Choose one above 1023 with --port.';
	if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
		return 'This machine does not have the address that --host names.';
	}
	if (code.startsWith('ERR_OSSL') || code.startsWith('ERR_SSL')) {
		return `Certificate and key do not work together (${code}). Both must be PEM and belong together.`;
	}
	return `Holdfast could not start: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): string | undefined {
	if (!(error instanceof Error) || !('code' in error)) return undefined;
	return typeof error.code === 'string' ? error.code : undefined;
}
