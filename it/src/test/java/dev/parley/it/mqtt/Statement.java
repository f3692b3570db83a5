package dev.parley.it.mqtt;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;

/// The statements of MQTT 5.0 that a test checks, by their numbers in `mqtt5-statements.txt`.
@Retention(RetentionPolicy.RUNTIME)
@interface Statement {

    String[] value();
}
