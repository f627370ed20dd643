using KvmOperator.CustomResourceDefinitions;

return await CustomResourceDefinitionCommand.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
