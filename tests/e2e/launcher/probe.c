/* A service without anything: what tests/e2e/launcher.sh starts in images that have no other program. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void show_file(const char *path) {
  char text[64] = "";
  struct stat found;
  FILE *file = fopen(path, "r");
  if (file == NULL || stat(path, &found) != 0) {
    printf("%s is not there\n", path);
    return;
  }
  if (fgets(text, sizeof text, file) == NULL) strcpy(text, "empty");
  fclose(file);
  printf("%s %o %s\n", path, (unsigned)found.st_mode & 0777u, text);
}

static void show(const char *word) {
  printf("user %u process %d argument %s\n", (unsigned)getuid(), (int)getpid(), word);
  for (char **entry = environ; *entry != NULL; ++entry) printf("variable %s\n", *entry);
  show_file("/tls/key.txt");
}

/* Leaves `count` processes behind that end soon, whose parents have ended before them. */
static void leave(int count) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      if (fork() == 0) usleep(100000);
      _exit(0);
    }
  }
  while (wait(NULL) > 0) {
  }
  printf("left\n");
}

int main(int argc, char **argv) {
  if (argc != 3) return 99;
  const char *what = argv[1];
  const int number = atoi(argv[2]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(what, "show") == 0) show(argv[2]);
  if (strcmp(what, "exit") == 0) return number;
  if (strcmp(what, "raise") == 0) raise(number);
  if (strcmp(what, "ignore") == 0) signal(number, SIG_IGN);
  if (strcmp(what, "leave") == 0) leave(number);
  if (strcmp(what, "show") == 0) return 0;
  printf("waits\n");
  for (;;) pause();
}
