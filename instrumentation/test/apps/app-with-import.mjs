import '@tokenledger/instrumentation/register';
import './app.mjs';
