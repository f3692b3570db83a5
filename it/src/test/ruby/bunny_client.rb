# bunny, unchanged: confirms, topics, consumers, returns, errors.
require "bunny"
require "timeout"

NAME = ENV.fetch("NAME")

def check(what, condition)
  unless condition
    puts "FAILED: #{what}"
    exit 1
  end
  puts "ok: #{what}"
end

Timeout.timeout(75) do
  connection = Bunny.new(ENV.fetch("AMQP_URL"), automatically_recover: false)
  connection.start
  channel = connection.create_channel
  channel.confirm_select
  queue = channel.queue(NAME, durable: true)
  50.times { |n| queue.publish("m#{n}", persistent: true, headers: { "n" => n }) }
  check "50 confirms", channel.wait_for_confirms
  got = Queue.new
  channel.prefetch(10)
  consumer = queue.subscribe(manual_ack: true) do |delivery, properties, body|
    got << [body, properties.headers["n"]]
    channel.ack(delivery.delivery_tag)
  end
  check "50 messages in order", Array.new(50) { got.pop } == Array.new(50) { |n| ["m#{n}", n] }
  consumer.cancel

  topic = channel.topic(NAME + ".topic", auto_delete: true)
  eu = channel.queue("", exclusive: true).bind(topic, routing_key: "eu.#")
  us = channel.queue("", exclusive: true).bind(topic, routing_key: "us.*")
  topic.publish("one", routing_key: "eu.fr.paris")
  topic.publish("two", routing_key: "us.ny")
  channel.wait_for_confirms
  check "topic", eu.pop[2] == "one" && us.pop[2] == "two"
  check "empty", eu.pop[2].nil? && eu.message_count.zero?

  returned = Queue.new
  default = channel.default_exchange
  default.on_return { |info, _, body| returned << [info.reply_code, body] }
  default.publish("back", routing_key: NAME + ".missing", mandatory: true)
  check "return", returned.pop == [312, "back"]

  begin
    connection.create_channel.queue(NAME, durable: false)
    check "inequivalent declare", false
  rescue Bunny::PreconditionFailed
    check "inequivalent declare", true
  end
  check "connection stays", connection.open?
  channel = connection.create_channel
  channel.queue_delete(NAME)
  begin
    Bunny.new(ENV.fetch("AMQP_URL").sub("guest:guest", "guest:wrong"),
              automatically_recover: false, logger: Logger.new(nil)).start
    check "wrong password", false
  rescue Bunny::AuthenticationFailureError
    check "wrong password", true
  end
  connection.close
end
