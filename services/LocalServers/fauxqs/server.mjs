// Serves SNS, SQS and S3 on loopback. Usage: node server.mjs <port>, 0 for a free one. Prints "listening <port>".
import { buildApp } from 'fauxqs';

const app = buildApp({ logger: false });
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
process.stdout.write(`listening ${app.server.address().port}\n`);

// The starter holds the other end of standard input: when it closes it, or dies in whatever way, this process ends too.
// Ctrl-C and a closed terminal reach every process of the terminal: the starter ends this one last, after those that use it.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});
process.stdin.on('close', () => process.exit(0)).on('error', () => process.exit(0)).resume();
