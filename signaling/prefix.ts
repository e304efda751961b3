/**
 * The network that an IP address belongs to, as far as anybody outside can tell: /24 of IPv4, /48 of IPv6
 * (what one site is usually given, RFC 6177). Caps count by it, and candidates are told it, so that a group of
 * partners can be chosen from different networks.
 */
import { isIPv4, isIPv6 } from 'node:net';

const ipv4Bytes = 3;
const ipv6Bytes = 6;

/** 3 bytes for IPv4, also where it is mapped into IPv6; 6 for IPv6; none for anything else. */
export function networkPrefix(address: string): Uint8Array {
	const plain = address.split('%', 1)[0] ?? '';
	const mapped = /^::ffff:([\d.]+)$/i.exec(plain)?.[1];
	if (mapped !== undefined && isIPv4(mapped)) return ipv4Prefix(mapped);
	if (isIPv4(plain)) return ipv4Prefix(plain);
	if (isIPv6(plain)) return ipv6Prefix(plain);
	return new Uint8Array(0);
}

/** Whether an address is this machine's own. */
export function isLoopback(address: string): boolean {
	return address === '::1' || /^(::ffff:)?127\./i.test(address);
}

function ipv4Prefix(address: string): Uint8Array {
	return Uint8Array.from(address.split('.').slice(0, ipv4Bytes), Number);
}

function ipv6Prefix(address: string): Uint8Array {
	const [head = '', tail] = address.split('::', 2);
	const before = groupsOf(head);
	const after = tail === undefined ? [] : groupsOf(tail);
	const gap = Math.max(0, 8 - before.length - after.length);
	const groups = [...before, ...new Array<number>(gap).fill(0), ...after];
	return Uint8Array.from(
		groups.slice(0, ipv6Bytes / 2).flatMap((group) => [group >>> 8, group & 0xff])
	);
}

/** Groups of 16 bits; a dotted IPv4 tail counts as two, which lie behind the prefix and need no value. */
function groupsOf(text: string): number[] {
	if (text === '') return [];
	return text
		.split(':')
		.flatMap((group) => (group.includes('.') ? [0, 0] : [Number.parseInt(group, 16)]));
}
