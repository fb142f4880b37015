// Microsoft Defender for Containers: scans of the registry's images, and a sensor in the cluster. It is bought for a whole
// subscription, so it is not part of main.bicep: az deployment sub create --location westeurope --template-file defender.bicep
targetScope = 'subscription'

resource containers 'Microsoft.Security/pricings@2024-01-01' = {
  name: 'Containers'
  properties: {
    pricingTier: 'Standard'
    extensions: [
      { name: 'ContainerRegistriesVulnerabilityAssessments', isEnabled: 'True' }
      { name: 'AgentlessDiscoveryForKubernetes', isEnabled: 'True' }
      { name: 'ContainerSensor', isEnabled: 'True' }
    ]
  }
}
