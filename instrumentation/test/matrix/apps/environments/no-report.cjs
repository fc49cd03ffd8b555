// Jest tells its results to stderr, where a test looks for what we might print.
module.exports = function NoReport() {};
