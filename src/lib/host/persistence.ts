/**
 * Asks the browser to keep what is stored here even when the disk runs low. Chrome decides silently (it says yes to
 * installed and often used apps), Firefox asks the person. Undefined where the browser cannot say.
 */
export async function askToPersist(): Promise<boolean | undefined> {
	// Missing outside secure contexts, whatever the types promise.
	const storage = navigator.storage as StorageManager | undefined;
	if (storage?.persist === undefined) return undefined;
	if (await storage.persisted()) return true;
	return storage.persist();
}
