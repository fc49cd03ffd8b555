// Runs behaviours one after the other and prints what the app saw of each, errors included.
exports.runBehaviours = async (behaviours, prefix) => {
  const seen = {};
  for (const [name, behave] of Object.entries(behaviours)) {
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
