import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The demo's data: cities.csv. */
final class Cities {
  private static final String HEADER = "city_id,name,country,population";

  record City(int id, String name, String country, int population) {
    /** The right tier, found here without the agent's help. */
    String tier() {
      return TIERS.floorEntry(population).getValue();
    }
  }

  private static final TreeMap<Integer, String> TIERS =
      new TreeMap<>(
          Map.of(0, "small", 100_000, "medium", 1_000_000, "large", 10_000_000, "megacity"));

  private Cities() {}

  static List<City> read(Path csv) throws IOException {
    List<String> lines = Files.readAllLines(csv);
    if (!lines.getFirst().equals(HEADER)) {
      throw new IOException(csv + " does not start with " + HEADER);
    }
    var cities = new ArrayList<City>();
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", -1);
      if (fields.length != 4) {
        throw new IOException(csv + ": not four fields: " + line);
      }
      cities.add(
          new City(Integer.parseInt(fields[0]), fields[1], fields[2], Integer.parseInt(fields[3])));
    }
    return cities;
  }

  static ArrayNode toJson(List<City> cities) {
    ArrayNode array = WorkApi.JSON.createArrayNode();
    for (City city : cities) {
      array
          .addObject()
          .put("city_id", city.id())
          .put("name", city.name())
          .put("country", city.country())
          .put("population", city.population());
    }
    return array;
  }
}
