require('@tokenledger/instrumentation/register');
