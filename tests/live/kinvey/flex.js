// A real Flex service: functions, data and sign-in handlers that end in every way that kinvey-flex-sdk offers, and some that it does not.
// Settings come as JSON in FLEX_TEST_SETTINGS; one JSON line with the port is printed when it listens.
'use strict';
const sdk = require('kinvey-flex-sdk');

const settings = JSON.parse(process.env.FLEX_TEST_SETTINGS);

function register(flex) {
  const { functions, data, auth } = flex;
  const endings = ['notFound', 'badRequest', 'unauthorized', 'forbidden', 'notAllowed', 'notImplemented', 'runtimeError'];

  for (const ending of endings) {
    functions.register(ending, (context, complete) => complete()[ending]('The ledger is closed.').done());
  }
  functions.register('runtimeErrorOfException', (context, complete) => complete().runtimeError(new RangeError('The ledger has no such page.')).done());
  functions.register('bodyAsDebug', (context, complete) => complete({ reason: 'closed', until: '08:00' }).forbidden().done());
  functions.register('codedBody', (context, complete) => complete({ error: 'EntityNotFound', description: 'No such page.', debug: '' }).ok().done());
  functions.register('throws', () => {
    throw new TypeError('The ledger was dropped.');
  });
  functions.register('throwsText', () => {
    throw 'The ledger was dropped.';
  });
  functions.register('hello', (context, complete) => complete({ greeting: 'Hello!' }).ok().done());
  functions.register('hook', (context, complete) => complete().ok().next());

  const books = data.serviceObject('books');
  books.onGetAll((context, complete) => complete([{ _id: '1', title: 'Ledger' }]).ok().done());
  books.onGetById((context, complete) => complete(`There is no book ${context.entityId}.`).notFound().done());
  books.onInsert((context, complete) => complete().badRequest(new Error('A book needs a title.')).done());
  books.onInsertMany((context, complete) => complete().notAllowed('One book at a time.').done());
  books.onUpdate((context, complete) => complete().forbidden('Books are for reading.').done());
  books.onDeleteById((context, complete) => complete().runtimeError(new Error('The shelf gave way.')).done());
  books.onDeleteAll((context, complete) => complete().unauthorized('Only the librarian may.').done());
  books.onGetByQuery(() => {
    throw new Error('The catalogue is in disorder.');
  });

  auth.register('badge', (context, complete) => {
    const endings = {
      denied: (done) => done.accessDenied('The badge is not valid.'),
      'out-of-order': (done) => done.serverError(new Error('The badge reader is broken.')),
      busy: (done) => done.temporarilyUnavailable('The badge reader is being cleaned.'),
    };
    const ending = endings[context.body.password];
    const done = complete({ badge: 7 });
    (ending ? ending(done) : done.ok()).done();
  });
}

sdk.service({ type: 'http', host: '127.0.0.1', port: settings.port, sharedSecret: settings.sharedSecret, requestBodyLimit: 4096 }, (error, flex) => {
  if (error) {
    throw error;
  }
  register(flex);
  process.stdout.write(JSON.stringify({ port: settings.port }) + '\n');
});
