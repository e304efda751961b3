/** What the store needs of a file: the part of FileSystemSyncAccessHandle that every browser has. */
export interface PackHandle {
	read(into: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
	/** Returns how many bytes were written; any other number than their length means that there was no room. */
	write(bytes: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
	truncate(bytes: number): void;
	getSize(): number;
	/** Forces what was written to the disk. */
	flush(): void;
	close(): void;
}

/** The files of a block store. One instance holds them at a time, and no other gets at them. */
export interface PackDirectory {
	/** The numbers of the packs that have a file. */
	list(): Promise<readonly number[]>;
	/** Opens a pack for itself alone; undefined when it has no file and none is to be made. */
	open(pack: number, make: boolean): Promise<PackHandle | undefined>;
	/** Removes a pack's file, which is not open. */
	remove(pack: number): Promise<void>;
	/** Lets another instance have the files. */
	release(): void;
}
