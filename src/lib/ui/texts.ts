import type { PartnerView, Problem } from '$lib/host/api.ts';

/**
 * Sentences that more than one place says, and every problem that pages find by themselves. Plain, in the present,
 * about the person's files; a problem is what happened, what it means and what to do.
 */
export const texts = {
	app: 'Holdfast',
	pages: {
		home: 'Home',
		folders: 'Folders',
		partners: 'Partners',
		getBack: 'Get back',
		history: 'History',
		sheet: 'Recovery sheet',
		settings: 'Settings',
		details: 'Details'
	},
	standing: {
		asked: 'being asked',
		held: 'holds your files',
		away: 'away',
		refused: 'said no',
		ended: 'ended'
	} satisfies Record<PartnerView['standing'], string>,
	folder: {
		chromeAsks: 'Chrome will ask whether Holdfast may read this folder. It only reads.',
		filesAreChosen:
			'This browser hands over the files once. To back up again, you choose the folder again.',
		dropInstead:
			'If the browser says that it cannot open Documents, Downloads or your home folder, drag the folder here instead: dropping works for them. Or choose the folders inside, one by one.',
		hidden:
			'Browsers do not show every file. Links to other files, a few system files (such as desktop.ini) and names with characters like : ? " * are passed over before Holdfast sees them.'
	},
	install: {
		reason:
			'As an app, Holdfast is not put to sleep when you look away, and it may read your folders again without asking each time.'
	},
	sealed: 'Partners hold sealed blocks. They can read neither your files nor their names.',
	paper: {
		advice:
			'Write them on paper, in this order. Do not photograph them and do not keep them on this machine alone.',
		only: 'These words are the only key. Nobody can send you a new one.'
	},
	problems: {
		unforeseen: {
			what: 'Something did not work',
			means: 'What was stored before is not touched by this.',
			todo: 'Try again. If it stays so, the details page has a log that helps whoever looks into it.'
		},
		nothingDropped: {
			what: 'What you dropped is not a folder.',
			means: 'Nothing was added.',
			todo: 'Drop a whole folder. Single files are protected as part of the folder they lie in.'
		},
		notChosen: {
			what: 'No folder was chosen.',
			means: 'Nothing was added.',
			todo: 'If the browser refused the folder, drag it onto this page instead: that works for Documents and Downloads.'
		},
		noPermission: {
			what: 'The browser was not allowed to read the folder.',
			means: 'What is backed up already stays safe; changes since then are not.',
			todo: 'Press the button again and choose “Allow”.'
		},
		wordCount: {
			what: 'A recovery sheet has 24 words.',
			means: 'With a word too many or too few the key is another one.',
			todo: 'Compare with the sheet, line by line. Each word has a number there.'
		},
		noCamera: {
			what: 'No camera can be used.',
			means: 'Nothing is lost. The words on the sheet say the same as the code.',
			todo: 'Allow the camera for this page, or type the words.'
		},
		noCode: {
			what: 'There is no readable code in this picture.',
			means: 'Nothing was changed.',
			todo: 'Take the picture from straight above, with the whole code in it, or type the words.'
		},
		notWritable: {
			what: 'Holdfast may not write into this folder.',
			means: 'Nothing was written.',
			todo: 'Choose another folder, or get your files back as one zip.'
		},
		badBroker: {
			what: 'An address of a broker begins with ws:// or wss://.',
			means: 'The brokers stay as they were.',
			todo: 'Mend the address, for example wss://backup.example.org.'
		}
	} satisfies Record<string, Problem>
} as const;
