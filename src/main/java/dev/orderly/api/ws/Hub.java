package dev.orderly.api.ws;

import dev.orderly.api.Authenticator;
import dev.orderly.api.Draining;
import dev.orderly.api.RequestMetrics;
import dev.orderly.leasing.desk.Desks;
import java.time.InstantSource;

/** What the connections of one event loop share. */
record Hub(
    SocketSettings settings,
    Operations operations,
    Desks desks,
    LeaseBook leases,
    WorkNews news,
    RequestMetrics metrics,
    Authenticator authenticator,
    Draining draining,
    InstantSource clock) {}
