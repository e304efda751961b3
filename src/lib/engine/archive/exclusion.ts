/** Which entries of a folder the person does not want in the backup. */

/**
 * Whether a rule names this entry. A rule is the name of one path part, as 'node_modules'; one that starts with
 * a dot is a suffix as well: '.tmp' names '.tmp' and 'draft.tmp'. An excluded directory is not looked into.
 */
export function isExcluded(name: string, rules: readonly string[]): boolean {
	return rules.some((rule) => name === rule || (rule.startsWith('.') && name.endsWith(rule)));
}
