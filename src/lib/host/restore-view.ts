/** What pages show of a restore. */
import type { Peer } from '../engine/peer.ts';
import type { Recovery } from '../engine/recovery.ts';
import type { RestoreProgress } from '../engine/restore/progress.ts';
import type { RestoreSource } from '../engine/restore/source.ts';
import type { Progress, RestoreSummary, RestoreView, SnapshotView } from './api.ts';
import type { Engine } from './engine.ts';
import { peerName } from './peer-names.ts';
import { problems } from './problems.ts';

export function restoreView(
	recovery: Recovery,
	peer: Peer,
	{ restoresInto: into, zipBytes }: Pick<Engine, 'restoresInto' | 'zipBytes'>
): RestoreView {
	const { state } = recovery;
	const partnersReachable = peer.lines.connected().length;
	switch (state.stage) {
		case 'none':
			return state;
		case 'searching': {
			const { partnersFound, partnersKnown, stuck } = state;
			return {
				stage: 'searching',
				partnersFound,
				...(partnersKnown === undefined ? {} : { partnersKnown }),
				...(stuck ? { problem: problems.noBackupFound } : {})
			};
		}
		case 'browsing':
			return { ...state, partnersReachable };
		case 'running': {
			const { progress, needed } = state;
			const open = progress.filesTotal === 0 || progress.filesDone < progress.filesTotal;
			const few = partnersReachable < needed && open;
			return {
				stage: 'running',
				progress: progressView(progress),
				affected: progress.affected,
				partnersReachable,
				into,
				...(few ? { problem: problems.fewHolders } : {})
			};
		}
		case 'done':
			return { stage: 'done', report: reportView(state, zipBytes) };
	}
}

/** Of the head that is restored from, newest first. */
export function restoredSnapshots({ browser }: RestoreSource): readonly SnapshotView[] {
	return browser.snapshots
		.map(({ id, at, kind, files, bytes, leftOut }) => ({ id, at, kind, files, bytes, leftOut }))
		.toSorted((a, b) => b.at - a.at);
}

function reportView(
	{ report, startedAt, endedAt }: Extract<Recovery['state'], { readonly stage: 'done' }>,
	zipBytes: number | undefined
): RestoreSummary {
	return {
		startedAt,
		endedAt,
		files: report.files,
		bytes: report.bytes,
		failed: report.failed.map(({ path, why }) => ({ path, why })),
		renamed: report.renamed,
		rottenPartners: [...report.rotten.keys()].map(peerName),
		missingPartners: report.missingPartners.map(peerName),
		...(zipBytes === undefined ? {} : { zipBytes })
	};
}

function progressView(progress: RestoreProgress): Progress {
	const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond = 0 } = progress;
	return {
		filesDone,
		filesTotal,
		bytesDone,
		bytesTotal,
		wireBytes: bytesDone,
		bytesPerSecond,
		...(bytesPerSecond > 0 ? { secondsLeft: (bytesTotal - bytesDone) / bytesPerSecond } : {})
	};
}
