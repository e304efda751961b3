/** The engine worker's entry: messages in, messages out. */
import { Engine } from './engine.ts';
import type { FromEngine, ToEngine } from './messages.ts';

const tell = (message: FromEngine): void => {
	postMessage(message);
};

let engine: Engine | undefined;

self.onmessage = ({ data }: MessageEvent<ToEngine>) => {
	if (data.kind === 'start') {
		engine = new Engine(data.configuration, data.links, tell);
		void engine.start();
		return;
	}
	void engine?.command(data).then(tell);
};
