// Runs behaviours one after the other and prints what the app saw of each, errors included.
exports.runBehaviours = async (behaviours, prefix) => {
  const seen = {};
  const wanted = process.env.BEHAVIOURS?.split(',');
  for (const [name, behave] of Object.entries(behaviours)) {
    if (wanted && !wanted.includes(`${prefix}:${name}`)) continue;
    try {
      seen[name] = (await behave(`${prefix}-${name}`)) ?? null;
    } catch (error) {
      seen[name] = {
        error: error.constructor.name,
        name: error.name,
        message: error.message,
        status: error.status,
        cause: error.cause?.code,
      };
    }
  }
  return seen;
};
