require('@tokenledger/instrumentation/register');
require('./app.cjs');
