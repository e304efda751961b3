/** The engine worker's entry: messages in, messages out. */
import { Engine } from './engine.ts';
import type { FromEngine, ToEngine } from './messages.ts';

const tell = (message: FromEngine, transfer: Transferable[] = []): void => {
	postMessage(message, { transfer });
};

let engine: Engine | undefined;

self.onmessage = ({ data }: MessageEvent<ToEngine>) => {
	if (data.kind === 'start') {
		engine = new Engine(data.configuration, tell);
		void engine.start();
		return;
	}
	void engine?.command(data).then((result) => {
		tell(result);
	});
};
