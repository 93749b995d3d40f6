// Java programs: what is compiled, and where classes are found.
#include "image/java.hpp"

#include <gtest/gtest.h>

namespace sconectl::image {
namespace {

TEST(Java, the_class_path_stands_behind_the_word_java) {
  const std::vector<std::string> entries = {"/java", "/java/lib/a.jar"};
  EXPECT_EQ(with_class_path("java PrintEnv", entries), "java -cp /java:/java/lib/a.jar PrintEnv");
  EXPECT_EQ(with_class_path("  /opt/jdk/bin/java -Xmx1G {{CLASS}} 'a b'", {"/java"}),
            "  /opt/jdk/bin/java -cp /java -Xmx1G {{CLASS}} 'a b'");
  EXPECT_EQ(with_class_path("java", {"/java"}), "java -cp /java");
  EXPECT_EQ(with_class_path("java Main", {"/java", "/java/my lib.jar"}),
            "java -cp \"/java:/java/my lib.jar\" Main");
}

TEST(Java, a_command_that_says_it_itself_is_left_alone) {
  for (const char* command :
       {"java -cp x Main", "java -Dx=1 -classpath x Main", "java --class-path=x Main",
        "java -jar app.jar", "java -p mods -m a/b", "javac Main.java", "sh -c 'java Main'", "",
        "java 'not closed"})
    EXPECT_EQ(with_class_path(command, {"/java"}), command);
}

TEST(Java, names_can_not_become_options_of_the_compiler) {
  EXPECT_EQ(javac_arguments({"Main.java", "a b/\"x\"\\\n-d.java"}, {"lib/a.jar"}),
            "-encoding UTF-8\n-d \"/classes\"\n-cp \"/classpath:/classpath/lib/a.jar\"\n"
            "\"/java/Main.java\"\n\"/java/a b/\\\"x\\\"\\\\\\n-d.java\"\n");
}

}  // namespace
}  // namespace sconectl::image
