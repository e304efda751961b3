// The app lives in the browser alone: there is nothing for a server to render.
export const ssr = false;
export const prerender = false;
