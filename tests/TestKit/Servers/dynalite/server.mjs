// Serves DynamoDB on loopback. Usage: node server.mjs <port>, 0 for a free one. Prints "listening <port>".
import dynalite from 'dynalite';

// Tables are ready at once: nothing is won by waiting as long as AWS takes.
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.on('error', error => { process.stderr.write(`${error}\n`); process.exit(1); });
server.listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write(`listening ${server.address().port}\n`));

// One request that it cannot handle, or a client that was killed in the middle of one, does not end it for all the others.
process.on('uncaughtException', error => process.stderr.write(`${error.stack}\n`));

// The starter holds the other end of standard input: when it closes it, or dies in whatever way, this process ends too.
// Ctrl-C and a closed terminal reach every process of the terminal: the starter ends this one last, after those that use it.
process.on('SIGINT', () => {}).on('SIGHUP', () => {});
process.stdin.on('close', () => process.exit(0)).on('error', () => process.exit(0)).resume();
