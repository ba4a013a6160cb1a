// A webhook's message checked with the reference library of Standard Webhooks: node webhooks.mjs <verify|altered>. Prints what the library understood as JSON.
// MESSAGE (the body), HEADERS (JSON) and SECRET come from the test.
import { Webhook, WebhookVerificationError } from 'standardwebhooks';

const { MESSAGE: message, HEADERS: headers, SECRET: secret } = process.env;
const webhook = new Webhook(secret);

const scenarios = {
  verify: () => ({ payload: webhook.verify(message, JSON.parse(headers)) }),

  altered() {
    try {
      webhook.verify(message.replace('evt_', 'evt-'), JSON.parse(headers));
      return { refused: false };
    } catch (error) {
      return { refused: error instanceof WebhookVerificationError };
    }
  },
};

console.log(JSON.stringify(scenarios[process.argv[2]]()));
