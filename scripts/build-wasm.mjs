// Builds the three WASM files of the byte kernels into src/lib/wasm-rs/dist, and writes beside them which compiler made them.
//
//   node scripts/build-wasm.mjs            build with the reference compiler and replace dist
//   node scripts/build-wasm.mjs --check    rebuild to a temporary folder and compare byte for byte
//   node scripts/build-wasm.mjs --install  fetch the reference compiler first (Debian, as root)
//   node scripts/build-wasm.mjs --rustup   build with rustup's wasm32 target instead
//
// The reference compiler is Debian's rustc-web with its own library sources: one apt command on bookworm, and the same
// bytes in any folder. rustup's target builds files that do the same, but another compiler makes other bytes, so
// --check compares only where the compiler named in build.json is at hand, and says so where it is not.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const crate = join(root, 'src/lib/wasm-rs');
const dist = join(crate, 'dist');
const cache = join(root, 'node_modules/.cache/holdfast-wasm');
const packages = ['rustc-web', 'cargo-web', 'rust-web-src', 'lld'];
const features = { scalar: '', simd: '+simd128', relaxed: '+simd128,+relaxed-simd' };

const flags = new Set(process.argv.slice(2));
for (const flag of flags) {
	if (!['--check', '--install', '--rustup'].includes(flag)) fail(`unknown flag ${flag}`);
}
if (flags.has('--install')) install();
if (flags.has('--check')) check();
else build();

function install() {
	const started = performance.now();
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	execFileSync('apt-get', ['install', '-y', '-q', ...packages], { stdio: 'inherit', env });
	const sizes = output('dpkg-query', ['-W', '-f', '${Installed-Size}\n', ...packages]);
	const kibibytes = sizes.split('\n').reduce((total, size) => total + Number(size), 0);
	console.log(
		`installed ${packages.join(' ')}: ${Math.round(kibibytes / 1024)} MiB, ${seconds(started)}`
	);
}

function build() {
	const compiler = flags.has('--rustup') ? rustup() : debian();
	if (compiler === undefined) {
		const advice = flags.has('--rustup')
			? 'rustup target add wasm32-unknown-unknown'
			: `apt-get install ${packages.join(' ')} (or --install, or --rustup)`;
		fail(`no compiler for wasm32 at hand: ${advice}`);
	}
	const files = compileAll(compiler);
	mkdirSync(dist, { recursive: true });
	const record = { compiler: compiler.version, cargo: compiler.cargoVersion, files: {} };
	for (const [name, { bytes, rustflags }] of Object.entries(files)) {
		writeFileSync(join(dist, name), bytes);
		record.files[name] = { bytes: bytes.length, sha256: sha256(bytes), rustflags };
	}
	writeFileSync(join(dist, 'build.json'), JSON.stringify(record, null, '\t') + '\n');
	console.log(`built with ${compiler.version}`);
}

function check() {
	const record = JSON.parse(readFileSync(join(dist, 'build.json'), 'utf8'));
	for (const [name, { sha256: expected }] of Object.entries(record.files)) {
		const found = sha256(readFileSync(join(dist, name)));
		if (found !== expected) fail(`${name} is not the file that build.json names: sha256 ${found}`);
	}
	const compiler = [debian(), rustup()].find((c) => c?.version === record.compiler);
	if (compiler === undefined) {
		console.log(`compiler ${record.compiler} not at hand, checked by vectors only`);
		return;
	}
	const files = compileAll(compiler);
	const differing = Object.keys(files).filter(
		(name) => !files[name].bytes.equals(readFileSync(join(dist, name)))
	);
	if (differing.length > 0) {
		fail(`rebuilt with ${compiler.version}, DIFFERENT: ${differing.join(', ')}`);
	}
	console.log(`rebuilt with ${compiler.version}, identical`);
}

/** Debian's compiler, which builds `core` from its own sources: `{version, ...}`, or undefined where it is missing. */
function debian() {
	const rustc = '/usr/bin/rustc';
	const version = attempt(rustc, ['--version']);
	const release = version?.match(/^rustc (\S+)/)?.[1];
	const sources = `/usr/src/rustc-${release}`;
	const vendor = join(sources, 'library/vendor');
	if (!existsSync(vendor) || attempt('wasm-ld', ['--version']) === undefined) return undefined;
	return {
		version: `${version}, Debian`,
		cargoVersion: attempt('/usr/bin/cargo', ['--version']),
		cargo: '/usr/bin/cargo',
		folder: 'debian-' + release,
		// RUSTC_BOOTSTRAP opens build-std, which stable keeps closed; Debian ships no ready-made wasm32 library.
		env: { RUSTC: rustc, RUSTC_BOOTSTRAP: '1' },
		args: ['-Z', 'build-std=core'],
		config: `[source.crates-io]\nreplace-with = "sysroot"\n[source.sysroot]\ndirectory = "${vendor}"\n`,
		remap: `--remap-path-prefix=${sources}=/rust -C linker=wasm-ld`
	};
}

/** rustup's stable toolchain with its wasm32 target, or undefined. */
function rustup() {
	const home = process.env.CARGO_HOME ?? join(process.env.HOME ?? '/', '.cargo');
	const rustc = join(home, 'bin/rustc');
	const version = attempt(rustc, ['--version']);
	const sysroot = attempt(rustc, ['--print', 'sysroot']);
	if (!existsSync(join(sysroot ?? '/nowhere', 'lib/rustlib/wasm32-unknown-unknown')))
		return undefined;
	return {
		version: `${version}, rustup`,
		cargoVersion: attempt(join(home, 'bin/cargo'), ['--version']),
		cargo: join(home, 'bin/cargo'),
		folder: 'rustup',
		env: { RUSTC: rustc },
		args: [],
		config: '',
		remap: `--remap-path-prefix=${sysroot}=/rust`
	};
}

function compileAll(compiler) {
	const files = {};
	for (const variant of Object.keys(features)) {
		const started = performance.now();
		const name = `coder-${variant}.wasm`;
		files[name] = compile(compiler, variant);
		console.log(`${name}: ${files[name].bytes.length} bytes, ${seconds(started)}`);
	}
	return files;
}

/** Compiles one variant: its bytes, and the flags without the parts that only name this machine's folders. */
function compile(compiler, variant) {
	const home = mkdtempSync(join(tmpdir(), 'holdfast-cargo-'));
	const target = join(cache, compiler.folder, variant);
	const chosen = [
		features[variant] && `-C target-feature=${features[variant]}`,
		'-C link-arg=--strip-all'
	];
	const rustflags = chosen.filter(Boolean).join(' ');
	const env = {
		...process.env,
		...compiler.env,
		CARGO_HOME: home,
		CARGO_TARGET_DIR: target,
		RUSTFLAGS: `${rustflags} --remap-path-prefix=${crate}=/coder ${compiler.remap}`
	};
	const common = ['--release', '--offline', '--target', 'wasm32-unknown-unknown'];
	const run = (args) =>
		execFileSync(compiler.cargo, args, { cwd: crate, env, stdio: ['ignore', 'ignore', 'inherit'] });
	try {
		writeFileSync(join(home, 'config.toml'), compiler.config);
		// The library stays cached, this crate never: a check has to compile what it compares.
		const release = join(target, 'wasm32-unknown-unknown/release');
		const product = join(release, 'holdfast_coder.wasm');
		rmSync(product, { force: true });
		for (const name of entries(join(release, '.fingerprint'))) {
			if (!name.startsWith('holdfast-coder-')) continue;
			rmSync(join(release, '.fingerprint', name), { recursive: true });
		}
		run(['rustc', '-q', '--lib', '--crate-type', 'cdylib', ...common, ...compiler.args]);
		return { bytes: readFileSync(product), rustflags };
	} finally {
		rmSync(home, { recursive: true, force: true });
	}
}

function entries(folder) {
	return existsSync(folder) ? readdirSync(folder) : [];
}

function output(command, args) {
	return execFileSync(command, args, {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore']
	}).trim();
}

function attempt(command, args) {
	try {
		return output(command, args);
	} catch {
		return undefined;
	}
}

function sha256(bytes) {
	return createHash('sha256').update(bytes).digest('hex');
}

function seconds(started) {
	return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function fail(message) {
	console.error(message);
	process.exit(1);
}
