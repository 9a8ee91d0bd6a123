import { domainCommand } from '../../src/cli/domain-command';

export default domainCommand({
  description: 'the established methods as a page in Markdown, made from their files',
  register: (command) => {
    command
      .option('--write <file>', 'write the page there instead of printing it')
      .action(async ({ write }: { write?: string }) => {
        const { methodsPage } = await import('../parts/methods-page');
        const { FOLDERS } = await import('../../src/config/training');
        const page = methodsPage([FOLDERS.objectives]);
        if (write === undefined) process.stdout.write(page);
        else (await import('../../src/core/files')).writeWhole(write, page);
      });
  },
});
