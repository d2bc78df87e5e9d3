import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.knn.plugin.KNNPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One node of OpenSearch with its k-NN plugin, for the test of docs/exports.md: `java OpenSearchNode.java <folder>`
 * prints "READY host:port". Started within a program of its own because OpenSearch's own refuses to run as root.
 */
public class OpenSearchNode extends Node {
  OpenSearchNode(Settings settings, Collection<Class<? extends Plugin>> plugins) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "one"), plugins, true);
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.builder()
        .put("path.home", arguments[0]).put("cluster.name", "exports").put("discovery.type", "single-node")
        .put("network.host", "127.0.0.1").put("http.port", "0").put("transport.port", "0")
        .put("http.type", "netty4").put("transport.type", "netty4")
        .put("cluster.routing.allocation.disk.threshold_enabled", false).build();
    OpenSearchNode node = new OpenSearchNode(settings, List.of(Netty4Plugin.class, KNNPlugin.class));
    node.start();
    var address = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress();
    System.out.println("READY " + address);
    Thread.currentThread().join();
  }
}
