using k8s.Models;
using KvmOperator.Api.VirtualMachines;
using KvmOperator.Runtime.Informers;
using Xunit;

namespace KvmOperator.UnitTests.Api;

/// <summary>No text that a shell, XML, an option list or a terminal would read as more than a name gets past a validator; what is no name cannot be more than it is.</summary>
public sealed class HostileTextTests
{
    private const int Draws = 10_000;

    public static TheoryData<string> FieldNames => new(HostileTexts.Fields.Keys);

    [Theory]
    [MemberData(nameof(FieldNames))]
    public void A_text_that_would_be_read_as_more_is_refused(string name)
    {
        var field = HostileTexts.Fields[name];
        var texts = HostileTexts.For(field, Draws);

        Assert.True(texts.Count >= Draws, $"only {texts.Count} texts");
        var refused = 0;
        foreach (var text in texts)
        {
            if (field.Errors(text) > 0)
            {
                refused++;
            }
            else
            {
                Assert.True(HostileTexts.Danger(field, text) is null, $"{name} let through: {text}: {HostileTexts.Danger(field, text)}");
            }
        }

        Assert.True(refused > 0, $"{name} refuses nothing");
    }

    [Theory]
    [InlineData("KvmHost.fencing.parameters[key]")]
    [InlineData("KvmHost.capacity.memoryReserved")]
    [InlineData("NfsStore.server.ssh.user")]
    [InlineData("VirtualMachine.disks.source.clone.disk")]
    [InlineData("VirtualMachine.cloudInit.userDataSecretRef.name")]
    [InlineData("VmwareImport.source.storeRef.name")]
    public void Fields_are_found_at_every_depth(string name) => Assert.Contains(name, HostileTexts.Fields.Keys);

    /// <summary>The server knows only what a quantity looks like; what it lets in has to come through the operator to be refused.</summary>
    [Theory]
    [InlineData("999999999999999e9")]
    [InlineData("999999999999999.999e12")]
    [InlineData("999999999999999E99")]
    [InlineData("999999999999999.999P")]
    [InlineData("999999999999999.999Pi")]
    public void A_quantity_that_is_no_number_of_bytes_is_refused_like_any_other_error(string text)
    {
        var machine = SpecSamples.Machine;
        machine.Spec = machine.Spec with { Memory = new ResourceQuantity(text) };

        Assert.Contains(VirtualMachineValidator.Validate(machine.Copy()), error => error.Field == "spec.memory");
    }
}
