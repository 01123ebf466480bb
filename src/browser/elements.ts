/** What draws the parts of the page that change: preact. */
export { type ComponentChildren, render } from 'preact';
