import type { Component } from 'svelte';
import Details from '../../src/lib/ui/details/Details.svelte';
import Folders from '../../src/lib/ui/folders/Folders.svelte';
import GetBack from '../../src/lib/ui/get-back/GetBack.svelte';
import History from '../../src/lib/ui/history/History.svelte';
import Home from '../../src/lib/ui/home/Home.svelte';
import Partners from '../../src/lib/ui/partners/Partners.svelte';
import Settings from '../../src/lib/ui/settings/Settings.svelte';
import SheetPage from '../../src/lib/ui/sheet/SheetPage.svelte';
import Start from '../../src/lib/ui/start/Start.svelte';
import Welcome from '../../src/lib/ui/welcome/Welcome.svelte';

const pages: Readonly<Record<string, Component>> = {
	'/': Home,
	'/welcome': Welcome,
	'/start': Start,
	'/folders': Folders,
	'/partners': Partners,
	'/get-back': GetBack,
	'/sheet': SheetPage,
	'/settings': Settings,
	'/details': Details,
	'/history': History
};

/** The page at a path, as src/routes lays them out. */
export function pageAt(path: string): Component {
	const page = pages[path];
	if (page === undefined) throw new Error(`There is no page at ${path}.`);
	return page;
}
