export const boot = {
  title: 'What the package adds to the start of an empty Nest application',
  unit: 'ms',
  cases: [{}],
  label: () => 'the first import, and the first boot, of a process',
  contenders: {
    import: { name: "import of '.'", module: 'application' },
    boot: { name: 'boot of forRoot()', module: 'application' },
  },
  limits: [
    { of: 'import', goal: 40 },
    { of: 'boot', goal: 30 },
  ],

  async run({ added }, _case, _effort, id) {
    const { importMs, bootMs } = await added();
    return id === 'import' ? importMs : bootMs;
  },
};
