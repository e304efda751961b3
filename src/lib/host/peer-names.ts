/**
 * A PeerId said in two words, like "blue-heron": easy to tell apart in a circle, not unique, and never used to
 * decide anything.
 */
import { bytesOf, type PeerId } from '../engine/identifiers.ts';

const colours =
	'amber ashen azure beige black blue bronze brown coral cream crimson cyan dusky ebony emerald fawn golden green grey hazel indigo ivory jade khaki lilac lime maroon mauve navy ochre olive orange peach pearl pink plum purple red rose ruby russet rusty sable saffron sandy scarlet sepia silver slate smoky snowy tan tawny teal topaz umber vermilion violet walnut white yellow copper cobalt'.split(
		' '
	);
const animals =
	'badger bat bear beaver bison bittern bobcat buzzard camel caribou cat cheetah condor coot crane cricket crow curlew deer dingo dolphin dove duck eagle egret elk falcon ferret finch fox gannet gecko goose grebe grouse gull hare hawk heron horse ibis jackal jay kestrel kite lark lemur linnet lion lynx magpie marten mole moose newt otter owl panther pigeon puffin quail rabbit raven robin'.split(
		' '
	);

export function peerName(peer: PeerId): string {
	const [first = 0, second = 0] = bytesOf(peer);
	return `${colours[first % colours.length] ?? ''}-${animals[second % animals.length] ?? ''}`;
}
