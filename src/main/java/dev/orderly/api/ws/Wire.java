package dev.orderly.api.ws;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;

/** What a WebSocket's channel must do beside what Vert.x has it do. */
record Wire(Channel channel) {
  /** Where Vert.x itself stands in the pipeline. */
  private static final String VERTX = "handler";

  /** The request's, before it becomes a WebSocket. */
  static Wire of(HttpServerRequest request) {
    return new Wire(((VertxConnection) request.connection()).channel());
  }

  /**
   * Says goodbye with a code (1009 too large, 1002 against the protocol) to whoever sends a frame
   * that cannot be taken, where Vert.x would cut the connection.
   */
  void closesWithACode() {
    channel.pipeline().addBefore(VERTX, "goodbye", new Goodbye());
  }

  /** Ends the connection without another word. */
  void cut() {
    channel.close();
  }

  private static final class Goodbye extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      if (cause instanceof CorruptedWebSocketFrameException corrupted) {
        context
            .writeAndFlush(new CloseWebSocketFrame(corrupted.closeStatus()))
            .addListener(ChannelFutureListener.CLOSE);
      } else {
        context.fireExceptionCaught(cause);
      }
    }
  }
}
