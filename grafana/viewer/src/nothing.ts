/** Stands in for libraries that are never called here: see `build.ts`. */
export default undefined;
