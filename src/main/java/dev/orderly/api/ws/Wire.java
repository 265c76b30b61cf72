package dev.orderly.api.ws;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;

/** What a WebSocket's channel must do beside what Vert.x has it do. */
record Wire(Channel channel) {
  private static final String DECODER = "wsdecoder";

  /** The request's, before it becomes a WebSocket. */
  static Wire of(HttpServerRequest request) {
    return new Wire(((VertxConnection) request.connection()).channel());
  }

  /**
   * Says goodbye with a code (1009 too large, 1002 against the protocol) to whoever sends a frame
   * that cannot be taken, instead of cutting the connection.
   *
   * @param maxFrameBytes larger frames are not read at all
   */
  void closesWithACode(int maxFrameBytes) {
    var config =
        WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(true)
            .allowExtensions(false)
            .maxFramePayloadLength(maxFrameBytes)
            .closeOnProtocolViolation(true)
            .build();
    channel.pipeline().replace(DECODER, DECODER, new WebSocket13FrameDecoder(config));
  }

  /** Ends the connection without another word. */
  void cut() {
    channel.close();
  }
}
