<?php
// php-amqplib, unchanged: confirms, consumers, returns, headers, dead letters, errors.
require 'PhpAmqpLib/autoload.php';

use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

$name = getenv('NAME');
$url = parse_url(getenv('AMQP_URL'));

function check($what, $condition) {
    if (!$condition) {
        echo "FAILED: $what\n";
        exit(1);
    }
    echo "ok: $what\n";
}

function connect($url) {
    return new AMQPStreamConnection(
        $url['host'], $url['port'], $url['user'], $url['pass'], '/',
        false, 'AMQPLAIN', null, 'en_US', 30, 60, null, false, 0);
}

$connection = connect($url);
$channel = $connection->channel();
$channel->queue_declare("$name.dead", false, true, false, false);
$channel->queue_declare($name, false, true, false, false, false, new AMQPTable([
    'x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => "$name.dead"]));
$channel->confirm_select();
$acked = 0;
$channel->set_ack_handler(function () use (&$acked) { $acked++; });
for ($n = 0; $n < 100; $n++) {
    $channel->basic_publish(new AMQPMessage("m$n", [
        'delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT,
        'application_headers' => new AMQPTable(['n' => $n, 'deep' => ['list' => [1, 'two']]])]), '', $name);
}
$channel->wait_for_pending_acks(30);
check('100 confirms', $acked === 100);

$got = [];
$channel->basic_qos(0, 10, false);
$tag = $channel->basic_consume($name, '', false, false, false, false, function ($message) use (&$got) {
    $headers = $message->get('application_headers')->getNativeData();
    $got[] = [$message->getBody(), $headers['n'], $headers['deep']['list'][1]];
    $message->ack();
});
while (count($got) < 100) {
    $channel->wait(null, false, 30);
}
$channel->basic_cancel($tag);
check('100 messages in order, headers whole',
    $got === array_map(fn($n) => ["m$n", $n, 'two'], range(0, 99)));

$channel->basic_publish(new AMQPMessage('no'), '', $name);
$channel->wait_for_pending_acks(30);
$channel->basic_get($name)->nack(false);
$dead = null;
$channel->basic_consume("$name.dead", '', false, true, false, false, function ($message) use (&$dead) {
    $dead = $message;
});
while ($dead === null) {
    $channel->wait(null, false, 30);
}
$death = $dead->get('application_headers')->getNativeData()['x-death'][0];
check('dead letter', $dead->getBody() === 'no' && $death['reason'] === 'rejected' && $death['queue'] === $name);

$returned = null;
$channel->set_return_listener(function ($code) use (&$returned) { $returned = $code; });
$channel->basic_publish(new AMQPMessage('x'), '', "$name.missing", true);
$channel->wait_for_pending_acks_returns(30);
check('unroutable is returned', $returned === 312);

try {
    $connection->channel()->queue_declare("$name.missing", true);
    check('a missing queue closes the channel with 404', false);
} catch (AMQPProtocolChannelException $error) {
    check('a missing queue closes the channel with 404', $error->amqp_reply_code === 404);
}

$transaction = $connection->channel();
$transaction->tx_select();
$transaction->basic_publish(new AMQPMessage('rolled back'), '', $name);
$transaction->tx_rollback();
$transaction->basic_publish(new AMQPMessage('committed'), '', $name);
$transaction->tx_commit();
check('transaction', $transaction->basic_get($name, true)->getBody() === 'committed'
    && $transaction->basic_get($name, true) === null);

$channel->queue_delete($name);
$channel->queue_delete("$name.dead");
$connection->close();
