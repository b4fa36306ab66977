/** @typedef {string | boolean | null | PhpNumber | PhpObject | any[]} PhpValue */
/** The value of a JSON text. Throws a SyntaxError if PHP would not read it. @param {string} text @returns {PhpValue} */
export function parse(text: string): PhpValue;
/** PHP's text of a value in a string to sign. @param {PhpValue} value @returns {string} */
export function textOf(value: PhpValue): string;
/** Whether PHP's `empty()` holds. @param {PhpValue} value */
export function isEmpty(value: PhpValue): boolean;
/**
 * An object of a body, which keeps the order of its members, each a PhpValue.
 *
 * @extends {Map<string, any>}
 */
export class PhpObject extends Map<string, any> {
    constructor();
    constructor(entries?: readonly (readonly [string, any])[] | null | undefined);
    constructor();
    constructor(iterable?: Iterable<readonly [string, any]> | null | undefined);
}
export type PhpValue = string | boolean | null | PhpNumber | PhpObject | any[];
/** A number of a body: `text` is PHP's text of it, `source` its text in the body. */
declare class PhpNumber {
    /** @param {string} source */
    constructor(source: string);
    source: string;
    get text(): string;
}
export {};
