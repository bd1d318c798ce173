export default {
  // The package brings an addon, which is loaded and not bundled.
  serverExternalPackages: ["@scimforge/node"],
};
