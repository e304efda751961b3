import type { SnapshotView } from '$lib/host/api.ts';
import { day } from '../format.ts';

/** The backups of one day, newest first. */
export interface Day {
	readonly name: string;
	readonly snapshots: readonly { readonly snapshot: SnapshotView; readonly time: string }[];
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

/** Groups backups, newest first, by the day on which they were made. */
export function timeLine(snapshots: readonly SnapshotView[]): readonly Day[] {
	const days = Map.groupBy(snapshots, ({ at }) => day(at));
	return [...days].map(([name, ofDay]) => ({
		name,
		snapshots: ofDay.map((snapshot) => ({ snapshot, time: timeOfDay.format(snapshot.at) }))
	}));
}
