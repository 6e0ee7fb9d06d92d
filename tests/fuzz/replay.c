/* replay.c - runs a fuzz target over the files of a corpus, without libFuzzer: part of `make test`.
**
**     replay_model tests/fuzz/corpus/model
**
** One TAP line a file; the empty input comes first. A crash or a sanitizer's report ends the
** program before its plan is fulfilled, and so fails the test. A folder that is missing counts as
** empty.
*/
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PATH_SIZE = 4096 };

/* The whole file in a block of exactly its size, so that ASan sees a read past its end. NULL on
** failure. */
static uint8_t *read_file(const char *path, size_t *size) {
    struct stat info;
    uint8_t *data = NULL;
    FILE *f = fopen(path, "rb");
    if (f == NULL || fstat(fileno(f), &info) != 0 || !S_ISREG(info.st_mode)) goto done;
    *size = (size_t)info.st_size;
    data = malloc(*size > 0 ? *size : 1);
    if (data != NULL && fread(data, 1, *size, f) != *size) {
        free(data);
        data = NULL;
    }
done:
    if (f != NULL) fclose(f);
    return data;
}

static void run_one(const char *path, const char *name, int number) {
    size_t size = 0;
    uint8_t *data = read_file(path, &size);
    if (data != NULL) (void)LLVMFuzzerTestOneInput(data, size);
    printf("%s %d - %s\n", data != NULL ? "ok" : "not ok", number, name);
    fflush(stdout);
    free(data);
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int main(int argc, char **argv) {
    const uint8_t nothing = 0;
    struct dirent **entries = NULL;
    int n;
    if (argc != 2) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    n = scandir(argv[1], &entries, is_visible, alphasort);
    if (n < 0) n = 0;
    printf("1..%d\n", n + 1);
    (void)LLVMFuzzerTestOneInput(&nothing, 0);
    printf("ok 1 - empty input\n");
    for (int i = 0; i < n; i++) {
        char path[PATH_SIZE];
        int length = snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        if (length > 0 && length < PATH_SIZE) run_one(path, entries[i]->d_name, i + 2);
        free(entries[i]);
    }
    free(entries);
    return 0;
}
