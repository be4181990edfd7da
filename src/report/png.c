#include "report/png.h"

#include "base/file.h"
#include "report/png_module.h"

#include <dlfcn.h>
#include <string.h>

enum { PATH_BYTES_MAX = 8192 };

/* Loads the module into *handle, which the caller closes. NULL and an error where it cannot. */
static const struct png_module *load(const char *path, void **handle, struct err *err)
{
    const struct png_module *module = NULL;

    /* What GLib registers once cannot be unloaded. */
    *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (*handle != NULL) {
        module = dlsym(*handle, PNG_MODULE_SYMBOL);
    }
    if (module == NULL) {
        (void)err_set(err, ERR_SYSTEM, "%s", dlerror()); // NOLINT(concurrency-mt-unsafe)
    } else if (strcmp(module->version, HAYMAKER_VERSION) != 0) {
        (void)err_set(err, ERR_SYSTEM, "%s: of version %s, this program is %s", path,
                      module->version, HAYMAKER_VERSION);
        module = NULL;
    }
    return module;
}

int png_render(struct str svg, int width_px, int height_px, struct buf *out, struct err *err)
{
    const struct png_module *module = NULL;
    struct buf path;
    void *handle = NULL;
    int rc = 0;

    buf_init(&path, PATH_BYTES_MAX);
    if (file_module_path(PNG_MODULE_FILE, &path, err) == 0) {
        module = load(path.p, &handle, err);
    }
    rc = module != NULL ? module->render(svg, width_px, height_px, out, err)
                        : err_wrap(err, "cannot draw a PNG (.svg and .html need less)");
    if (handle != NULL) {
        (void)dlclose(handle);
    }
    buf_release(&path);
    return rc;
}
