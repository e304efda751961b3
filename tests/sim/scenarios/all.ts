/** Every scenario by its name. */
import { brokerGone } from './broker-gone.ts';
import { clockJumps } from './clock-jumps.ts';
import { crashes } from './crashes.ts';
import { eviction } from './eviction.ts';
import { fileServers } from './file-servers.ts';
import { forks } from './forks.ts';
import { freeloaders } from './freeloaders.ts';
import { fullDisks } from './full-disks.ts';
import { holidays } from './holidays.ts';
import { hoppers } from './hoppers.ts';
import { hostileBroker } from './hostile-broker.ts';
import { laptops } from './laptops.ts';
import { massChurn } from './mass-churn.ts';
import { newcomers } from './newcomers.ts';
import { officeHours } from './office-hours.ts';
import { regionOutage } from './region-outage.ts';
import { rot } from './rot.ts';
import type { Scenario } from './scenario.ts';
import { withholders } from './withholders.ts';

export const scenarios: readonly Scenario[] = [
	officeHours,
	laptops,
	holidays,
	massChurn,
	regionOutage,
	eviction,
	newcomers,
	brokerGone,
	clockJumps,
	rot,
	fullDisks,
	crashes,
	forks,
	freeloaders,
	withholders,
	fileServers,
	hoppers,
	hostileBroker
];
