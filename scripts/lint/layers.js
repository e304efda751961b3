// The lint rule that keeps the layers of the house apart. It resolves every import to the layer it lands in, so that no
// number of `../` gets around it; patterns over import strings (no-restricted-imports) could be fooled that way.
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each layer may import of the project, which packages, and why nothing else. */
const layers = [
	{
		path: 'src/lib/engine',
		may: [],
		packages: /^(@noble\/|@scure\/|fflate$|cborg$)/,
		reason:
			'The engine is the peer, without any browser: it gets the outside world through ports.ts, so that a simulator ' +
			'can run thousands of peers from one seed. From npm it takes only pure code (noble, scure, fflate, cborg).'
	},
	{
		path: 'src/lib/adapters',
		may: ['src/lib/engine'],
		packages: /^(?!node:|svelte|\$app\/)/,
		reason:
			'An adapter implements a port of the engine in a browser, and knows neither the pages, nor who runs it, nor Node.'
	},
	{
		path: 'src/lib/host',
		may: ['src/lib/adapters', 'src/lib/engine'],
		packages: /^(?!node:|svelte|\$app\/)/,
		reason:
			'The host runs an engine over its adapters, for any view: it must start in a worker, where no page is.'
	},
	{
		path: 'src/lib/ui',
		may: ['src/lib/host', 'src/lib/adapters', 'src/lib/engine'],
		packages: /^(?!node:|\$app\/)/,
		reason: 'Components serve any page: routes use them, never the other way round.'
	},
	{
		path: 'src/routes',
		may: ['src/lib/ui', 'src/lib/host', 'src/lib/adapters', 'src/lib/engine'],
		packages: /^(?!node:)/,
		reason: 'Pages run in browsers: nothing of the broker, the tests or Node comes with them.'
	},
	{
		path: 'src/service-worker.ts',
		may: [],
		packages: /^\$service-worker$/,
		reason: 'The service worker keeps the shell of the app in its cache, and nothing else.'
	},
	{
		path: 'signaling',
		may: [
			'src/lib/engine/wire',
			'src/lib/engine/keys',
			'src/lib/engine/identifiers.ts',
			'src/lib/engine/failures.ts'
		],
		packages: /^(node:|ws$)/,
		reason:
			'The broker never sees file data, names or keys: it shares with the peers only messages, identities and signatures.'
	}
];

/** @type {import('eslint').Rule.RuleModule} */
export const layersRule = {
	meta: {
		type: 'problem',
		schema: [],
		docs: {
			description:
				'Imports go one way: routes -> ui -> host -> adapters -> engine (docs/architecture.md).'
		},
		messages: {
			layer: '{{layer}} may not import {{target}}. {{reason}}',
			package: '{{layer}} may not import the package {{target}}. {{reason}}'
		}
	},
	create(context) {
		const layer = layers.find(({ path }) => isWithin(relative(root, context.filename), path));
		if (layer === undefined) return {};
		const check = ({ source }) => {
			const problem =
				typeof source?.value === 'string' && findProblem(layer, source.value, context);
			if (!problem) return;
			const data = { layer: layer.path, target: problem.target, reason: layer.reason };
			context.report({ node: source, messageId: problem.messageId, data });
		};
		return {
			ImportDeclaration: check,
			ImportExpression: check,
			ExportNamedDeclaration: check,
			ExportAllDeclaration: check
		};
	}
};

function findProblem(layer, specifier, context) {
	const target = projectPath(specifier, context);
	if (target === undefined) {
		return layer.packages.test(specifier) ? undefined : { messageId: 'package', target: specifier };
	}
	const allowed = [layer.path, ...layer.may].some((path) => isWithin(target, path));
	return allowed ? undefined : { messageId: 'layer', target };
}

/** The imported file's path from the project's root, or undefined for a package. */
function projectPath(specifier, context) {
	if (specifier.startsWith('$lib/')) return `src/lib/${specifier.slice('$lib/'.length)}`;
	if (!specifier.startsWith('.')) return undefined;
	return relative(root, resolve(dirname(context.filename), specifier));
}

function isWithin(path, folder) {
	return path === folder || path.startsWith(`${folder}/`);
}
