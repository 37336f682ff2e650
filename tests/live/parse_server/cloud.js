// Cloud code for every way in which an app's own code can fail, and some that only look like failures.
'use strict';

module.exports = (Parse) => {
  Parse = Parse || global.Parse;
  const { Cloud } = Parse;

  Cloud.define('hello', () => 'Hello!');
  Cloud.define('fail', ({ params }) => {
    throw new Parse.Error(params.code, params.message);
  });
  Cloud.define('failPlainly', () => {
    throw new Error('The ledger does not add up.');
  });
  Cloud.define('failWithString', () => {
    throw 'The ledger is closed.';
  });
  Cloud.define('failWithObject', () => {
    throw { reason: 'closed', until: '08:00' };
  });
  Cloud.define('failWithCodedObject', () => {
    throw { code: 9002, message: 'The ledger is being copied.' };
  });
  Cloud.define('failWithNumber', () => {
    throw 42;
  });
  Cloud.define('failWithNothing', () => {
    throw undefined;
  });
  Cloud.define('failOnNull', () => null.title);
  Cloud.define('failWithObjectMessage', () => {
    throw new Parse.Error(Parse.Error.SCRIPT_FAILED, { reason: 'closed', until: '08:00' });
  });

  // Lookalikes: results that carry an error's keys.
  Cloud.define('reportOfAnError', () => ({ code: 101, error: 'Object not found.' }));
  Cloud.define('listOfErrors', () => [{ error: { code: 141, error: 'Only a report.' } }]);

  Cloud.define('limited', () => 'within the limit');
  Cloud.define('limitedKindly', () => 'within the limit');
  Cloud.define('membersOnly', () => 'welcome', { requireUser: true });
  Cloud.define('masterOnly', () => 'welcome', { requireMaster: true });
  Cloud.define('needsAmount', ({ params }) => params.amount, {
    fields: { amount: { required: true, type: Number, options: (amount) => amount > 0, error: 'The amount must be positive.' } },
  });
  Cloud.define('validated', () => 'welcome', ({ params }) => {
    if (params.answer !== 42) {
      throw 'That is not the answer.';
    }
  });
  Cloud.define('validatedWithCode', () => 'welcome', () => {
    throw new Parse.Error(9003, 'The validator has a code of its own.');
  });

  Cloud.beforeSave('Guarded', ({ object }) => {
    if (object.get('title') === 'coded') {
      throw new Parse.Error(9004, 'This title is refused.');
    }
    if (object.get('title') === 'plain') {
      throw 'This title is refused too.';
    }
    if (object.get('title') === 'broken') {
      throw new TypeError('A slip in beforeSave.');
    }
  });
  Cloud.beforeSave('Checked', () => {}, { fields: ['title'] });
  Cloud.beforeDelete('Guarded', () => {
    throw new Parse.Error(Parse.Error.OPERATION_FORBIDDEN, 'Guarded objects stay.');
  });
  Cloud.beforeFind('Guarded', ({ query }) => {
    if (query.toJSON().where.title === 'secret') {
      throw 'Nobody asks for that.';
    }
  });
  Cloud.afterFind('Guarded', ({ objects }) => objects);
  Cloud.beforeLogin(({ object }) => {
    if (object.get('username') === 'barred') {
      throw new Parse.Error(9005, 'This account is barred.');
    }
  });
  Cloud.beforeSave(Parse.File, ({ file }) => {
    if (file.name() === 'refused.txt') {
      throw new Parse.Error(9006, 'This file is refused.');
    }
  });
  if (Cloud.beforeSubscribe) {
    Cloud.beforeSubscribe('Members', () => {
      throw new Parse.Error(9007, 'No live news for members.');
    });
  }

  Cloud.job('tidy', () => 'tidied');
  Cloud.job('breakDown', () => {
    throw new Error('The job fails after it was accepted.');
  });
};
