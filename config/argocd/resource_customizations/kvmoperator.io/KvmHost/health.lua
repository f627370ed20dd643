-- Health of a KvmHost. How it is in all is its condition Ready, whose reason is the condition that lacks, or a reason of its own.
-- Progressing is only what ends by itself. What waits for a person is Degraded, what is as declared is Healthy, and Suspended is not used: a sync in waves would wait for it for ever.

local function condition(type)
  if obj.status == nil or obj.status.conditions == nil then
    return nil
  end
  for _, found in ipairs(obj.status.conditions) do
    if found.type == type then
      return found
    end
  end
  return nil
end

local function health(status, message)
  return { status = status, message = message or "" }
end

local annotations = obj.metadata.annotations
if annotations ~= nil and annotations["kvmoperator.io/paused"] == "true" then
  return health("Healthy", "paused: nothing is touched until the annotation kvmoperator.io/paused is taken off")
end

local summary = condition("Ready")
if summary == nil then
  return health("Progressing", "the operator has not looked at it yet")
end
if obj.metadata.generation ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "the operator has not looked at the changed spec yet")
end

local valid = condition("Valid")
if valid ~= nil and valid.status == "False" then
  return health("Degraded", valid.message)
end

if summary.status ~= "True" then
  local lacking = condition(summary.reason) or summary
  if lacking.reason == "InProgress" or lacking.reason == "NotYetKnown" or lacking.reason == "Paused" then
    return health("Progressing", summary.message)
  end
  return health("Degraded", summary.message)
end

local drained = condition("Drained")
if obj.spec.mode == "Maintenance" and drained ~= nil and drained.status ~= "True" then
  if drained.reason == "Draining" then
    return health("Progressing", drained.message)
  end
  return health("Degraded", drained.message)
end

return health("Healthy", summary.message)
