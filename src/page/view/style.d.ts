/** Styles, which the build takes into a file of their own. */
declare module '*.css' {}
